"""The delivery units of each probation region, by its nDelius code, as far as there is a list. Pure.

The names are those that the Ministry of Justice's own forms offer; their number agrees with the reference
data of the accommodation services. For Kent, Surrey and Sussex the two differ, so that it has no list: any
name is taken there.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DELIVERY_UNITS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "N03": (
            "Cardiff and the Vale",
            "Cwm Taf Morgannwg",
            "Dyfed Powys",
            "Gwent",
            "North Wales",
            "Swansea, Neath and Port-Talbot",
        ),
        "N07": (
            "Barking and Dagenham and Havering",
            "Brent",
            "Camden and Islington",
            "Croydon",
            "Ealing and Hillingdon",
            "Enfield and Haringey",
            "Greenwich and Bexley",
            "Hackney and City",
            "Hammersmith, Fulham, Kensington, Chelsea and Westminster",
            "Harrow and Barnet",
            "Kingston, Richmond and Hounslow",
            "Lambeth",
            "Lewisham and Bromley",
            "Newham",
            "Redbridge and Waltham Forest",
            "Southwark",
            "Tower Hamlets",
            "Wandsworth, Merton and Sutton",
        ),
        "N50": (
            "Bolton",
            "Bury and Rochdale",
            "Manchester North",
            "Manchester South",
            "Oldham",
            "Salford",
            "Stockport and Trafford",
            "Tameside",
            "Wigan",
        ),
        "N51": (
            "Blackburn",
            "Central Lancashire",
            "Cheshire East",
            "Cheshire West",
            "Cumbria",
            "East Lancashire",
            "Knowsley and St Helens",
            "Liverpool North",
            "Liverpool South",
            "North West Lancashire",
            "Sefton and Merseyside Womens",
            "Warrington and Halton",
            "Wirral and ISC Team",
        ),
        "N52": (
            "Birmingham Central and South",
            "Birmingham Courts and Centralised Functions",
            "Birmingham North, East and Solihull",
            "Coventry",
            "Dudley and Sandwell",
            "Hereford, Shropshire and Telford",
            "Staffordshire and Stoke",
            "Walsall and Wolverhampton",
            "Warwickshire",
            "Worcestershire",
        ),
        "N53": (
            "Derby City",
            "Derbyshire",
            "East and West Lincolnshire",
            "Leicester, Leicestershire and Rutland",
            "Nottingham City",
            "Nottinghamshire",
        ),
        "N54": (
            "County Durham and Darlington",
            "Gateshead and South Tyneside",
            "Newcastle Upon Tyne",
            "North Tyneside and Northumberland",
            "Redcar, Cleveland and Middlesbrough",
            "Stockton and Hartlepool",
            "Sunderland",
        ),
        "N55": (
            "Barnsley and Rotherham",
            "Bradford and Calderdale",
            "Doncaster",
            "Hull and East Riding",
            "Kirklees",
            "Leeds",
            "North and North East Lincs",
            "North Yorkshire",
            "Sheffield",
            "Wakefield",
            "York",
        ),
        "N56": (
            "Bedfordshire",
            "Cambridgeshire",
            "Essex North",
            "Essex South",
            "Hertfordshire",
            "Norfolk",
            "Northamptonshire",
            "Suffolk",
        ),
        "N58": (
            "Bath and North Somerset",
            "Bristol and South Gloucestershire",
            "Cornwall and Isles of Scilly",
            "Devon and Torbay",
            "Dorset",
            "Gloucestershire",
            "Plymouth",
            "Somerset",
            "Swindon and Wiltshire",
        ),
        "N59": (
            "Buckinghamshire and Milton Keynes",
            "East Berkshire",
            "Hampshire North and East",
            "Hampshire South and Isle of Wight",
            "Hampshire South West",
            "Oxfordshire",
            "West Berkshire",
        ),
    }
)


def unit_called(region: str, name: str | None) -> str | None:
    """Return the delivery unit of a region that somebody means: as it is listed, however they write it.

    A name that is in no list is returned as it is: whose manager is nobody's is escalated to the region.

    Args:
        region: its code.
        name: as a case system says it, such as `LEEDS` or `Leeds PDU`; None for none.
    """
    if name is None:
        return None
    return next((one for one in DELIVERY_UNITS.get(region, ()) if _key(one) == _key(name)), name)


def fault_in_unit(region: str, unit: str | None) -> str | None:
    """Return what is wrong with a unit of a region: it is not in the region's list, if there is one.

    Args:
        region: its code.
        unit: as it is listed; None for none.
    """
    listed = DELIVERY_UNITS.get(region)
    if unit is None or listed is None or unit in listed:
        return None
    return f"not a delivery unit of {region}; its units are: {'; '.join(listed)}"


def _key(name: str) -> str:
    return " ".join(name.casefold().split()).removesuffix(" pdu")
